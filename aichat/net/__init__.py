"""The net: sockets are opened here and nowhere else."""
