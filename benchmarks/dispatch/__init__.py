"""How fast messages leave, beside a loop that does nothing but post them."""
