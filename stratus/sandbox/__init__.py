"""A whole cloud in one folder and one process: real agents, ledger, queues and dispatcher over doors in memory."""
