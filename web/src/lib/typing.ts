/**
 * Whether a dialog is on its way out. It keeps the focus until its animation
 * has ended, and without animation until the next frame: by then someone quick,
 * or someone at a slow machine, has pressed the next keys already.
 */
export function isLeaving(dialog: Element): boolean {
  return dialog.closest('[class*="-leave"]') !== null || !dialog.checkVisibility();
}

/** Whether a key belongs to something else: a field, a dialog, a browser command. */
export function isTyping(e: KeyboardEvent): boolean {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return true;
  const target = e.target;
  if (!(target instanceof HTMLElement)) return false;
  const dialog = target.closest('[role="dialog"]');
  if (dialog) return !isLeaving(dialog);
  // The main menu is made of links; whoever has just followed one is on the page, not in the menu.
  return target.isContentEditable || target.closest('input, textarea, select, [role="combobox"], :not(nav) > [role="menu"]') !== null;
}
