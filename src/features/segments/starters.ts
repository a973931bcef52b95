/** Segments to start from: one number to change, and it is one's own. */

export const STARTERS = {
  quiet: `# Checked in before, but not for 7 days
did: checkin
has_not:
  what: checkin
  days: 7`,
  busy: `# At least 3 check-ins within 7 days
did:
  what: checkin
  least: 3
  days: 7`,
  new: `# Came within the last 7 days
joined:
  most: 7`,
  never: `# Here for 3 days or more, never checked in
joined:
  least: 3
has_not: checkin`,
} as const
