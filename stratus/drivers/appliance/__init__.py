"""The appliance builder."""
