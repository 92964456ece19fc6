"""The things: frozen values, and the pure rules about them."""
