// Owns what the compiled module offers: the inner loops of the region finder, the fixed windows and the normaliser, on
// memory that the caller lays out. AssemblyScript (its types are WebAssembly's). Addresses are bytes; loops work on 16
// pixels at a time and may read or write up to 64 bytes beyond the end of a row, so every buffer has that much room
// behind it.

export { halve } from './pyramid';
export { neighbourDifferences } from './noise';
export { subtractGround } from './ground';
export { amplify, measureInk, resample } from './normalise';
export { contacts, findRuns, measure, select, summarise } from './components';
export { clear, cutPatch, inkStrength, paint, spread, surroundings } from './surroundings';
export { countLevels, inkOf } from './window';
