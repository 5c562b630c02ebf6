"""The live feeds, frame by frame and against servers that are not ours."""
