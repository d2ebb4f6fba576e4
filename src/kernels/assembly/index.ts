// Owns what the compiled module offers: the inner loops of the region finder, the fixed windows and the normaliser, on
// memory that the caller lays out. AssemblyScript (its types are WebAssembly's). Addresses are bytes; loops work on 16
// pixels at a time and may read or write up to BEHIND bytes (../layout) beyond the end of a row, so every buffer has
// that much room behind it. Functions named ...Room say how many bytes a pass takes as scratch.

export { halve } from './pyramid';
export { neighbourDifferences } from './noise';
export { groundRoom, subtractGround } from './ground';
export { amplify, amplifyRoom, measureInk, resample, resampleRoom } from './normalise';
export { contacts, findRuns, maximaRoom, measure, select, summarise } from './components';
export { clear, cutPatch, inkStrength, maskRoom, paint, slope, spread, surroundings } from './surroundings';
export { eraseInk, eraseRuns, inkedRows, takeRuns } from './erase';
export { traceLines, traceRoom } from './trace';
export { countLevels, inkOf } from './window';
