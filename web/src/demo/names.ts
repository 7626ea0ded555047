// Guests have no names. Everybody makes the same one of the same id.
const manners = [
  'Brave', 'Brisk', 'Calm', 'Clever', 'Cosmic', 'Daring', 'Dusty', 'Eager', 'Fancy', 'Gentle', 'Golden', 'Happy', 'Hidden', 'Jolly', 'Keen', 'Lively',
  'Lucky', 'Mellow', 'Mighty', 'Nimble', 'Noble', 'Patient', 'Plucky', 'Quick', 'Quiet', 'Royal', 'Silver', 'Sly', 'Steady', 'Sunny', 'Swift', 'Witty',
];
const animals = [
  'Badger', 'Beaver', 'Bison', 'Crane', 'Dingo', 'Dolphin', 'Falcon', 'Ferret', 'Fox', 'Gecko', 'Gibbon', 'Heron', 'Ibex', 'Jackal', 'Koala', 'Lemur',
  'Lynx', 'Marten', 'Moose', 'Newt', 'Ocelot', 'Orca', 'Otter', 'Owl', 'Panda', 'Puffin', 'Raven', 'Seal', 'Stoat', 'Tapir', 'Walrus', 'Wombat',
];

export function nameOf(playerId: string, username?: string | null): string {
  if (username) return username;
  let hash = 0x811c9dc5;
  for (let i = 0; i < playerId.length; i++) hash = Math.imul(hash ^ playerId.charCodeAt(i), 0x01000193) >>> 0;
  return `${manners[hash % 32]} ${animals[(hash >>> 7) % 32]}`;
}
