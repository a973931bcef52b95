/** What holds until a community decides; the registry of settings names the same keys. */
export const QUIET_SETTING = 'quiet_hours'
export const CAP_SETTINGS = { service: 'cap.service', marketing: 'cap.marketing' } as const

export const INITIAL = {
  quiet_hours: '22:00-08:00',
  'cap.service': '10/day defer',
  'cap.marketing': '2/day 5/7d defer',
} as const
