"""What this project says when something the user can repair is wrong."""

from __future__ import annotations


class LabError(Exception):
    """One readable message; the command line prints it as it is and exits with status 1."""
