"""The gate: where users come in over SSH. sshd's forced command, which takes requests as data and knows no shell."""
