// Words for what platforms tell, by their own numbers and names.
export const addWay = {
    '1': 'Scanned a code',
    '2': 'Searched by phone',
    '3': 'Shared card',
    '4': 'Group chat',
    '5': 'Phone contacts',
    '6': 'WeChat contacts',
    '8': 'Desk of another app',
    '9': 'Searched by e-mail',
    '10': 'Channels',
    '11': 'Calendar',
    '12': 'Meeting',
    '13': 'WeCom of a WeChat friend',
    '16': 'Acquisition link',
    '24': 'Accepted WeChat request',
    '201': 'Shared by a colleague',
    '202': 'Assigned by an administrator',
};

export const event = {
    'change_external_contact/add_external_contact': 'New friend',
    'change_external_contact/add_half_external_contact': 'Added by the customer',
    'change_external_contact/edit_external_contact': 'Remark or tags changed',
    'change_external_contact/del_external_contact': 'Member removed a customer',
    'change_external_contact/del_follow_user': 'Customer removed a member',
    'change_external_contact/transfer_fail': 'Hand-over failed',
    'change_external_chat/create': 'Group made',
    'change_external_chat/update': 'Group changed',
    'change_external_chat/dismiss': 'Group dismissed',
    'change_external_tag/create': 'Tag made',
    'change_external_tag/update': 'Tag changed',
    'change_external_tag/delete': 'Tag deleted',
    'change_external_tag/shuffle': 'Tags reordered',
    'change_contact/create_user': 'New member',
    'change_contact/update_user': 'Member changed',
    'change_contact/delete_user': 'Member left',
    subscribe: 'Followed',
    unsubscribe: 'Unfollowed',
    SCAN: 'Scanned a code',
    'message/text': 'Text message',
    'message/image': 'Picture',
    'message/voice': 'Voice message',
    'message/video': 'Video',
    'message/location': 'Location',
    'message/link': 'Link',
};

export const stops = {
    wecom_kf: {
      a: 'What customers write does not come in; the platform keeps it for three days',
      b: 'Greetings and all answers',
    },
    wecom: {
      a: 'New friends do not join the pool at once and get neither welcome nor tags',
      b: 'Live codes and group codes of this account keep the staff they have now',
      c: 'Syncs, hand-overs and tags sent to the platform',
      d: 'All messages sent through this account',
    },
    official_account: {
      a: 'New followers and messages do not come in',
      b: 'Who scans a code with parameters is not credited to a channel',
      c: 'All messages sent through this account, and sign-in on pages',
    },
    other: {
      a: 'All messages received and sent through this account',
      b: 'Sign-in and recognition that rest on it',
    },
};
