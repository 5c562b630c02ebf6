"""The functions of OpenAlgo, called as the host calls them."""
