/** One machine that a learner logs in to by a key; `metadata` says how long the testbed takes for what (see lab_cloud.py). */
export function machineTemplate(metadata: Readonly<Record<string, number>>): string {
  return `heat_template_version: 2018-08-31
parameters: { public_key: { type: string } }
resources:
  key:
    type: OS::Nova::KeyPair
    properties: { name: { get_param: "OS::stack_name" }, public_key: { get_param: public_key } }
  server:
    type: OS::Nova::Server
    properties:
      { name: { get_param: "OS::stack_name" }, flavor: small, image: debian, key_name: { get_resource: key },
        networks: [{ network: public }], metadata: ${JSON.stringify(metadata)} }
outputs: { public_ip: { value: { get_attr: [server, first_address] } } }
`
}
