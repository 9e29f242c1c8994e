/** The kinds of identity that staff may type in; the rest comes from the platforms. */
export const identityKinds = [
  'phone',
  'email',
  'email_unverified',
  'member_no',
  'customer_no',
  'wecom_external_userid',
  'unionid',
  'openid',
  'device',
] as const;
