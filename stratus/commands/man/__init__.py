"""The man pages, written from what they describe: the commands, the errors, the configspec, the agent.

python -P -m stratus.commands.man FOLDER
"""
