"""The ways in over HTTP and MCP: the chat, the widget, REST, OpenAI's form and MCP's tools."""
