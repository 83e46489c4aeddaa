"""The palette of the house: colours that people with every kind of colour vision can tell apart.

M. Okabe, K. Ito, "Color Universal Design", 2008.
"""

ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
# The palette's yellow is lost on a light page and its black on a dark one: grey is seen on both.
GREY = "#8C8C8C"

SERIES = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY_BLUE, GREY)  # of curves in one chart, in this order
