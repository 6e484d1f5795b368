"""Products, from the client's side."""

CREATE = """mutation($input: CreateProductInput!) { createProduct(input: $input) {
  product { id name description sku price { amount currency } active imageUrl metadata } } }"""
TEA = {"name": "Tea", "price": {"amount": "2.5", "currency": "EUR"}}


async def test_create_then_read(house):
    key = await house.key()
    created = (await house.ask(key, CREATE, input=TEA)).data["createProduct"]["product"]
    read = "query($id: ID!) { product(id: $id) { id name price { amount currency } } }"

    found = (await house.ask(key, read, id=created["id"])).data["product"]

    assert found == {
        "id": created["id"],
        "name": "Tea",
        "price": {"amount": "2.50", "currency": "EUR"},
    }
