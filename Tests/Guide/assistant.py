"""What the application's assistant does with a message: the same in both versions, and always the same, so that everybody can
tell what a context must hold. The reply says what it holds, so that a talker notices a loss at once."""

import dataclasses
import json
from typing import Any

ROLES = ("client", "admin")


@dataclasses.dataclass
class Context:
    """What is remembered of a user, in neither layout. Times are whatever `now` was."""

    role: str
    created: Any
    updated: Any
    turns: int = 0
    tool: str | None = None
    flow: str = "browsing"
    language: str = "en"
    # The last one chosen comes first.
    chosen: list = dataclasses.field(default_factory=list)
    # product -> quantity
    cart: dict = dataclasses.field(default_factory=dict)
    # The last is the current one.
    products: list = dataclasses.field(default_factory=list)
    period: str | None = None
    # [(action, its parameters, since when)]; the last one waits for a yes or a no.
    pending: list = dataclasses.field(default_factory=list)
    # What a product will be when it has been created.
    draft: Any = None

    def summary(self):
        if self.role == "client":
            cart = ", ".join(f"{product} x {quantity}" for product, quantity in self.cart.items())
            return f"turn {self.turns}; {self.tool}; {self.flow}; {self.language}; chosen {self.chosen[:5]}; cart {cart}"
        waiting = [(action, params) for action, params, _ in self.pending[-1:]]
        return (f"turn {self.turns}; {self.tool}; product {self.products[-1:]}; {self.period}; draft {json.dumps(self.draft)}; "
                f"waiting {json.dumps(waiting)}")


def answer(context, message, now):
    """Changes the context as the message asks for; the reply."""
    context.turns += 1
    context.updated = now
    word, *rest = message.split()
    act = (CLIENT if context.role == "client" else ADMIN).get(word)
    done = act(context, rest, now) if act else "I see"
    return f"{done}. [{context.summary()}]"


def product_id(text):
    """Old products have numbers, new ones text."""
    return int(text) if text.isdigit() else text


def choose(context, words, now):
    product = product_id(words[0])
    context.chosen = [product, *(other for other in context.chosen if other != product)]
    context.tool, context.flow = "ShowProduct", "browsing"
    return f"Here is {product}"


def add(context, words, now):
    product = product_id(words[0])
    context.cart[product] = context.cart.get(product, 0) + int(words[1])
    context.tool, context.flow = "AddToCart", "cart_management"
    return f"{product} is in the cart"


def remove(context, words, now):
    context.cart.pop(product_id(words[0]), None)
    context.tool, context.flow = "RemoveFromCart", "cart_management"
    return f"{words[0]} is out of the cart"


def speak(context, words, now):
    context.language = words[0]
    return f"Language {words[0]}"


def show(context, words, now):
    context.products = [*context.products, product_id(words[0])]
    context.tool = "ShowProduct"
    return f"Product {words[0]}"


def look_at(context, words, now):
    context.period, context.tool = words[0], "SalesStatistics"
    return f"Period {words[0]}"


def stock(context, words, now):
    """A task that waits for a yes."""
    context.pending = [*context.pending, ("update_stock", {"productId": product_id(words[0]), "stock": int(words[1])}, now)]
    context.tool, context.flow = "UpdateStock", "inventory_management"
    return f"Shall {words[0]} have {words[1]}?"


def create(context, words, now):
    context.draft = {"name": words[0], "price": words[1]}
    context.pending = [*context.pending, ("create_product", context.draft, now)]
    context.tool, context.flow = "CreateProduct", "product_creation"
    return f"Shall there be {words[0]}?"


def confirm(context, words, now):
    return end_pending(context, "Done")


def refuse(context, words, now):
    return end_pending(context, "Left")


def end_pending(context, word):
    if not context.pending:
        return "Nothing waits"
    *context.pending, (action, params, _) = context.pending
    context.draft = draft_of(context.pending)
    context.tool = "ConfirmAction"
    return f"{word}: {action} {json.dumps(params)}"


def draft_of(pending):
    """Only the last task counts."""
    return pending[-1][1] if pending and pending[-1][0] == "create_product" else None


CLIENT = {"choose": choose, "add": add, "remove": remove, "language": speak}
ADMIN = {"product": show, "period": look_at, "stock": stock, "create": create, "yes": confirm, "no": refuse}
