"""Faces in photographs: dlib's detector and 68 landmarks (`detect`), and the way to a model's crop and back (`align`).

Points are (x, y) in pixels, x to the right and y down, the centre of the first pixel at (0, 0).
"""
