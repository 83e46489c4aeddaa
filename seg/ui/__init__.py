"""The Streamlit pages: one file a page, the sidebar, the texts; they call the rooms below and draw."""
