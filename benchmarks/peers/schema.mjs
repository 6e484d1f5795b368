// The part of the schema that is measured, for servers that take one in SDL with resolvers.
import { ownerWith } from "./keys.mjs";

export const typeDefs = `
  type Query {
    products(first: Int): ProductConnection!
    invoices(first: Int): InvoiceConnection!
  }
  type ProductConnection { nodes: [Product!]! }
  type InvoiceConnection { nodes: [Invoice!]! }
  type Money { amount: String! currency: String! }
  type Product {
    id: ID!
    name: String!
    description: String
    sku: String
    active: Boolean!
    price: Money!
    imageUrl: String
    createdAt: String!
  }
  type Invoice { number: String! total: Money! lines: [InvoiceLine!]! }
  type InvoiceLine { description: String! quantity: Int! product: Product }
`;

export function roots(data) {
  return {
    Query: {
      products: async (_source, _given, { caller }) => ({
        nodes: await data.products(ownerWith(caller, "products.read")),
      }),
      invoices: async (_source, _given, { caller }) => ({
        nodes: await data.invoices(ownerWith(caller, "invoices.read")),
      }),
    },
  };
}

// What leads on to other rows, by DataLoaders that the context has.
export const loading = {
  Invoice: { lines: ({ id }, _given, { lines }) => lines.load(id) },
  InvoiceLine: { product: ({ productId }, _given, { products }) => products.load(productId) },
};
