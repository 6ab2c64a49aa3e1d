"""The prompt templates: `<task>.<ar|en>.txt`, filled by `string.Template.substitute`."""
