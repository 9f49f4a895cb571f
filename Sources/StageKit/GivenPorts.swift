/// Names of the inputs and outputs that a stage is given.
package struct GivenPorts: Sendable {
  package let inputs: Set<String>
  package let outputs: Set<String>
}
