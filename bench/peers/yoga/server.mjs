// The Node peer of GraphQL: graphql-yoga on node:http. It answers the same query as Gamekeeper with 60 points which it
// holds ready in memory: no storage, no keys, no aggregation.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages lie outside the source tree, in the folder given by the first argument.
const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { createSchema, createYoga } = require("graphql-yoga");

const typeDefs = /* GraphQL */ `
  scalar DateTime
  enum Metric { EVENTS }
  enum Step { MINUTE }
  type Point { time: DateTime! value: Float! }
  type Series { total: Float! points: [Point!]! }
  type Query { series(metric: Metric!, from: DateTime!, to: DateTime!, step: Step!): [Series!]! }
`;
const points = Array.from({ length: 60 }, (_, i) => ({
  time: `2026-01-01T10:${String(i).padStart(2, "0")}:00.000Z`,
  value: 1000 + i,
}));
const answer = [{ total: 61770, points }];
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { Query: { series: () => answer } } }),
  graphiql: false,
  logging: false,
});
createServer(yoga).listen(Number(process.argv[3]), "127.0.0.1");
