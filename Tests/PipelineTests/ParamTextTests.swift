import CanonicalJSON
import Testing

@testable import Pipeline

@Suite("Values of params")
struct ParamTextTests {
  private func value(_ node: YAMLNode, _ type: String, list: Bool = false, choices: [String] = []) -> JSON? {
    let param = ParamDescription(name: "p", type: type, isList: list, choices: choices, defaultValue: .null)
    return try? ParamText.value(node, param)
  }

  private func value(_ text: String, _ type: String) -> JSON? {
    value(YAMLNode(.scalar(text, isPlain: true), at: .option("")), type)
  }

  @Test("are parsed by the declared type, not by YAML's")
  func spellings() {
    let cases: [(String, integer: JSON?, number: JSON?, boolean: JSON?, text: JSON?)] = [
      ("0", 0, .number(0), nil, "0"), ("7", 7, .number(7), nil, "7"), ("-7", -7, .number(-7), nil, "-7"),
      ("+7", 7, .number(7), nil, "+7"), ("007", nil, .number(7), nil, "007"), ("012", nil, .number(12), nil, "012"),
      ("0x10", nil, nil, nil, "0x10"), ("0o17", nil, nil, nil, "0o17"), ("1_000", nil, nil, nil, "1_000"),
      ("1e3", nil, .number(1000), nil, "1e3"), ("1E-3", nil, .number(0.001), nil, "1E-3"),
      ("1.0", nil, .number(1), nil, "1.0"), ("0.10", nil, .number(0.1), nil, "0.10"),
      (".5", nil, .number(0.5), nil, ".5"), ("5.", nil, .number(5), nil, "5."), ("-0.0", nil, .number(0), nil, "-0.0"),
      ("1.5.2", nil, nil, nil, "1.5.2"), ("1e400", nil, nil, nil, "1e400"), ("inf", nil, nil, nil, "inf"),
      (".inf", nil, nil, nil, ".inf"), ("nan", nil, nil, nil, "nan"), (".nan", nil, nil, nil, ".nan"),
      ("--1", nil, nil, nil, "--1"), ("1-", nil, nil, nil, "1-"), ("e5", nil, nil, nil, "e5"),
      ("+", nil, nil, nil, "+"),
      ("9223372036854775807", .integer(.max), .number(9.223372036854775807e18), nil, "9223372036854775807"),
      ("9223372036854775808", nil, .number(9.223372036854775808e18), nil, "9223372036854775808"),
      ("-9223372036854775808", .integer(.min), .number(-9.223372036854775808e18), nil, "-9223372036854775808"),
      ("true", nil, nil, true, "true"), ("false", nil, nil, false, "false"), ("True", nil, nil, nil, "True"),
      ("yes", nil, nil, nil, "yes"), ("no", nil, nil, nil, "no"), ("on", nil, nil, nil, "on"),
      ("y", nil, nil, nil, "y"), ("12:30", nil, nil, nil, "12:30"), ("2001-01-01", nil, nil, nil, "2001-01-01"),
      (" 7", nil, nil, nil, " 7"), ("７", nil, nil, nil, "７"), ("1,5", nil, nil, nil, "1,5"),
      ("null", .null, .null, .null, .null), ("~", .null, .null, .null, .null), ("🎬", nil, nil, nil, "🎬"),
    ]
    for (text, integer, number, boolean, string) in cases {
      #expect(value(text, "integer") == integer, "\(text)")
      #expect(value(text, "number") == number, "\(text)")
      #expect(value(text, "boolean") == boolean, "\(text)")
      #expect(value(text, "text") == string, "\(text)")
    }
  }

  @Test("have one canonical form: 0.10 is 0.1, and quotes change nothing")
  func canonical() {
    #expect(value("0.10", "number")?.text == value("1e-1", "number")?.text)
    #expect(value("1", "number")?.text == value("1.0", "number")?.text)
    let quoted = YAMLNode(.scalar("3", isPlain: false), at: .option(""))
    #expect(value(quoted, "integer") == 3)
    #expect(value(YAMLNode(.scalar("null", isPlain: false), at: .option("")), "text") == "null")
  }

  @Test("of lists may be one or several")
  func lists() throws {
    let items = ["1", "5"].map { YAMLNode(.scalar($0, isPlain: true), at: .option("")) }
    let several = YAMLNode(.sequence(items), at: .option(""))
    #expect(value(several, "integer", list: true) == [1, 5])
    #expect(value(items[0], "integer", list: true) == [1])
    #expect(value(several, "integer") == nil)
    #expect(try Override("a.b=[1, 5]").value.content.count == 2)
    #expect(try Override("a.b=x=y: [z]").value.scalar == "x=y: [z]")
    #expect(throws: InvalidPipeline.self) { try Override("a=1") }
    #expect(throws: InvalidPipeline.self) { try Override("a.b") }
    #expect(throws: InvalidPipeline.self) { try Override("a.b=[1") }
  }

  @Test("of text with a colon that is not in quotes are refused with the quotes that it needs")
  func colons() throws {
    let node = try YAMLReader.read("[genres: list]")
    let param = ParamDescription(name: "p", type: "text", isList: true, choices: [], defaultValue: .null)
    let refusal = #expect(throws: Diagnostic.self) { try ParamText.value(node, param) }
    #expect(
      refusal?.message == "expected a text, found a mapping; put text with a colon in quotes: \"genres: list\"")
  }

  @Test("that are not among the choices are refused with the choices")
  func choices() {
    let param = ParamDescription(
      name: "by", type: "choice", isList: false, choices: ["random", "field"], defaultValue: "random")
    let node = YAMLNode(.scalar("randm", isPlain: true), at: .file(line: 1, column: 1))
    #expect(throws: Diagnostic.self) { try ParamText.value(node, param) }
    do { _ = try ParamText.value(node, param) } catch {
      #expect(error.message == "\"randm\" is not a choice; did you mean \"random\"?")
    }
  }
}

extension YAMLNode.Content {
  fileprivate var count: Int { if case .sequence(let items) = self { items.count } else { 0 } }
}
