const { ingestBench } = await import('./ingest.ts');
for await (const f of ingestBench()) { console.log(f.name, f.value, f.note); if (f.name.startsWith('processor time of a heartbeat')) process.exit(0); }
