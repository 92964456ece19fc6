"""How the requests of a command reach the cloud that it is about: on this machine, or through a gate."""
