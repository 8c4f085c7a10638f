"""Who sees it: pages for analysts over their audience's own topics, for governance boards and for stewards."""
