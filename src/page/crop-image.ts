// Owns how a normalised digit is drawn: 28x28 gray bytes in base64 onto a canvas of that size.

const SIDE = 28;

/** Draws the digit. */
export function drawCrop(canvas: HTMLCanvasElement, pixels: string): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const bytes = atob(pixels);
  const image = context.createImageData(SIDE, SIDE);
  for (let k = 0; k < SIDE * SIDE; k++) {
    const gray = bytes.charCodeAt(k);
    image.data.set([gray, gray, gray, 255], 4 * k);
  }
  context.putImageData(image, 0, 0);
}
