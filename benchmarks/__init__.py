"""How fast the bus is, measured whole: publish → timeline readable, on real engines, beside plain Faust."""
