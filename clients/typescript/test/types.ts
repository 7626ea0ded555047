// Compiled only: the types refuse what the server would.
import { createEventClient } from "../dist/index.js";
const gk = createEventClient<{ boss_beaten: { boss: string } }>({ endpoint: "http://x", key: "k", playerId: "p" });
gk.track("purchase", { amount: 1.5, currency: "EUR" });
gk.track("boss_beaten", { boss: "b" }, { time: new Date() });
gk.track("anything.else", { a: [1, { b: null }] });
gk.track("anything.else");
// @ts-expect-error currency is missing
gk.track("purchase", { amount: 1.5 });
// @ts-expect-error properties are missing
gk.track("economy");
// @ts-expect-error no such flow
gk.track("economy", { flow: "up", currency: "gold", amount: 1 });
// @ts-expect-error a declared event of the game's own
gk.track("boss_beaten", { boss: 1 });
