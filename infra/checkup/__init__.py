"""The doctor's work: every arrow of the architecture, tried on the running lab."""
