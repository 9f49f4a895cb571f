import Testing

@testable import Pipeline

@Suite("A command proposed by a report")
struct ShellWordTests {
  @Test("quotes names as single shell words")
  func quoted() throws {
    #expect("customer-01".shellWord == "customer-01")
    #expect("Alien (1979)".shellWord == "'Alien (1979)'")
    #expect("".shellWord == "''")
    let hostile = "Schindler's List; $HOME `x` \"é\"\n"
    let workshop = try Workshop()
    let result = try workshop.run("/bin/sh", ["-c", "printf %s \(hostile.shellWord)"])
    #expect(result.output == hostile)
  }
}
