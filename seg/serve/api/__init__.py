"""The server that shows the pages answers programs as well: ``/api/docs`` says how, ``/api/openapi.json`` to programs.

curl -F photo=@cat.jpg "localhost:8501/api/segment" -o cutout.png
curl -F photo=@cat.jpg "localhost:8501/api/segment?as=shares"
curl -F photo=@cat.jpg -F background=@beach.jpg "localhost:8501/api/segment?shadow=50" -o cat-on-the-beach.jpg
curl -F photos=@cat.jpg -F photos=@dog.jpg "localhost:8501/api/segment" -o cutouts.zip
"""

from seg.serve.api.routes import routes

__all__ = ["routes"]
