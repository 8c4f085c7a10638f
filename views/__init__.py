"""Who sees it: analyst and governance pages over the audience's own topics."""
