"""What goes to a machine by ssh, tried with a real sshd in a throw-away root."""
