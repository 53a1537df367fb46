"""What the methods that copy patches of the picture are made of: their searches, their levels, their seams."""
