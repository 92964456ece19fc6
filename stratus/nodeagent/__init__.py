"""What runs on each machine: it takes orders, carries them out step by step, and reports."""
