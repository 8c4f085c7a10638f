"""What stands of a person's events, what a purpose may see of them, and what that amounts to. Pure."""
