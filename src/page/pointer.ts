// Owns following a pointer from where it was pressed until it is let go.

/** What is known of a press. */
interface Press {
  readonly pointerId: number;
  preventDefault(): void;
}

/** Follows a pointer until it is let go. */
export function follow(press: Press, move: (now: PointerEvent) => void, end?: (now: PointerEvent) => void): void {
  const { pointerId } = press;
  press.preventDefault();
  const moving = (now: PointerEvent): void => {
    if (now.pointerId === pointerId) move(now);
  };
  const ending = (now: PointerEvent): void => {
    if (now.pointerId !== pointerId) return;
    removeEventListener('pointermove', moving);
    removeEventListener('pointerup', ending);
    removeEventListener('pointercancel', ending);
    end?.(now);
  };
  // On the window, for what is dragged may be drawn anew, or elsewhere, meanwhile.
  addEventListener('pointermove', moving);
  addEventListener('pointerup', ending);
  addEventListener('pointercancel', ending);
}
