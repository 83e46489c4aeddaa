"""How the drawn pets are drawn: shapes and a canvas; coats, heads and poses; scenes, things and light."""
