/** What is worth how many points. One rule, one line. */

/** A check-in of the daily camp. */
export const CHECKIN_POINTS = 10
