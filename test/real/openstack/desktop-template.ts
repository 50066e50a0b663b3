/** One machine with a desktop by VNC and one window on it, whose program says by its colour how far it has come. */

/**
 * Colours have eight steps of difference, more than a picture that was packed with loss is off. Red and green: how many
 * fifths of a second the program has run; blue: a number of its own, drawn at its start, and 128 more from a k to a j.
 */
export const STEP = 8
export const BLUE_OF_KEY = 128
/** Where the window is, and neither text nor the pointer, which begins in the middle. */
export const INSIDE = [600, 200] as const

const PROGRAM = `
n=0 key=0 birth=$((RANDOM % 16))
while :; do
  n=$((n + 1))
  printf '\\033]11;#%02x%02x%02x\\007' $((n / 32 % 32 * ${STEP})) $((n % 32 * ${STEP})) $((birth * ${STEP} + key))
  IFS= read -rsn 1 -t 0.2 typed && case $typed in k) key=${BLUE_OF_KEY} ;; j) key=0 ;; esac
done`

const AT_BOOT = `#!/bin/bash
umask 077
printf '%s\\n' '$password' | tigervncpasswd -f > passwd
cat > program <<'END'
${PROGRAM}
END
Xtigervnc -displayfd 3 -geometry 800x600 -depth 24 -interface "$LAB_SERVER_ADDRESS" -rfbport 5901 -localhost=0 \\
  -SecurityTypes VncAuth -PasswordFile passwd -BlacklistThreshold 1000000 -nolisten tcp -AcceptSetDesktopSize=0 3> display &
until [ -s display ]; do sleep 0.1; done
DISPLAY=:$(cat display) exec xterm -xrm 'XTerm*allowColorOps: true' +sb -geometry 200x80+0+0 -e bash program
`

/** Its outputs: `public_ip` and `password`, by which the screen is asked for at port 5901. */
export const DESKTOP_TEMPLATE = `heat_template_version: 2018-08-31
parameters: { public_key: { type: string } }
resources:
  # VNC takes no longer one.
  password: { type: OS::Heat::RandomString, properties: { length: 8 } }
  key:
    type: OS::Nova::KeyPair
    properties: { name: { get_param: "OS::stack_name" }, public_key: { get_param: public_key } }
  server:
    type: OS::Nova::Server
    properties:
      name: { get_param: "OS::stack_name" }
      flavor: small
      image: debian
      key_name: { get_resource: key }
      networks: [{ network: public }]
      user_data_format: RAW
      user_data:
        str_replace:
          params: { $password: { get_attr: [password, value] } }
          template: ${JSON.stringify(AT_BOOT)}
outputs:
  public_ip: { value: { get_attr: [server, first_address] } }
  password: { value: { get_attr: [password, value] } }
`
