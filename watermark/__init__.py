"""Known logos in pictures: where they are (`search.find`) and which pixels they cover (`cover.hole`).

Points are (x, y) in pixels, x to the right and y down, the centre of the first pixel at (0, 0). Brightness is
float32 [H, W] in [0, 1].
"""
