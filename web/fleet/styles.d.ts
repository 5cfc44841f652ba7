/** Vite takes style sheets that a module imports; TypeScript need not look into them. */
declare module '*.css';
