export { createEventClient } from "./client.js";
export { indexedDbStorage, localStorageStorage, memoryStorage } from "./storage.js";
export type {
  BuiltInEvents, ClientStats, Drop, EventClient, EventClientOptions, EventStorage, FlushResult, Json, Properties,
  Rejection, SessionProperties, TrackOptions, WireEvent,
} from "./types.js";
