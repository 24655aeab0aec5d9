/** A number, or the nearest end of its range. */
export const between = (least: number, value: number, most: number): number => Math.min(Math.max(value, least), most)

export const fraction = (value: number): number => between(0, value, 1)
