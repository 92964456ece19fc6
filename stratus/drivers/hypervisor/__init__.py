"""The hypervisor door."""
