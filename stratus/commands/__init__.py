"""The words: one file per subcommand; declare, build one request, perform it, show one result."""
