// Whether an optional package is there. What is done without it is the caller's business.

/** Whether the package can be loaded; it is loaded then. */
export async function loads(name: string): Promise<boolean> {
  return await import(name).then(
    () => true,
    () => false,
  );
}
