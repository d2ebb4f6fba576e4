// `npm run drill`: which drill is meant. Of live sources where nothing is said, of a fleet with --fleet, of 10,000 cameras
// in a simulation with --fleet-simulation, of a fleet's page with --fleet-page.
const words = process.argv.slice(2);
if (words.includes('--fleet-simulation')) await (await import('./fleet-simulation.mjs')).fleetSimulation(words);
else if (words.includes('--fleet-page')) await import('./fleet-page-drill.mjs');
else if (words.includes('--fleet')) await (await import('./fleet-drill.mjs')).fleetDrill(words);
else await import('./drill.mjs');
