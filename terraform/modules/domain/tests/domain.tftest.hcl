mock_provider "aws" {
  mock_data "aws_route53_zone" {
    defaults = { zone_id = "Z0123456789" }
  }

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
      domain_validation_options = [{
        domain_name           = "mock.example.com"
        resource_record_name  = "_proof.mock.example.com."
        resource_record_type  = "CNAME"
        resource_record_value = "_answer.acm-validations.aws."
      }]
    }
  }
}

variables {
  domain_name            = "mock.example.com"
  zone_name              = "example.com"
  load_balancer_dns_name = "pet-dev-1.us-east-1.elb.amazonaws.com"
  load_balancer_zone_id  = "Z35SXDOTRQ7X7K"
}

run "certificate_is_proved_by_a_record" {
  assert {
    condition     = aws_acm_certificate.this.validation_method == "DNS" && aws_acm_certificate.this.domain_name == "mock.example.com"
    error_message = "the certificate is for the domain and proved through DNS"
  }

  assert {
    condition = alltrue([
      aws_route53_record.validation.name == "_proof.mock.example.com.",
      aws_route53_record.validation.type == "CNAME",
      aws_route53_record.validation.records == toset(["_answer.acm-validations.aws."]),
      aws_route53_record.validation.zone_id == "Z0123456789",
    ])
    error_message = "the record is the one that the certificate asks for"
  }

  assert {
    condition     = !aws_route53_record.validation.allow_overwrite
    error_message = "a record of somebody else's must not be taken over"
  }
}

run "domain_points_at_the_load_balancer" {
  assert {
    condition = alltrue([
      aws_route53_record.alias.name == "mock.example.com",
      aws_route53_record.alias.type == "A",
      aws_route53_record.alias.alias[0].name == "pet-dev-1.us-east-1.elb.amazonaws.com",
      aws_route53_record.alias.alias[0].zone_id == "Z35SXDOTRQ7X7K",
    ])
    error_message = "an alias record leads to the load balancer"
  }

  assert {
    condition     = output.zone_id == "Z0123456789" && output.domain_name == "mock.example.com"
    error_message = "outputs name zone and domain"
  }
}

run "domain_may_be_the_zone_itself" {
  command = plan

  variables {
    domain_name = "example.com"
  }
}

run "foreign_domain_is_refused" {
  command = plan

  variables {
    domain_name = "mock.notexample.com"
  }

  expect_failures = [aws_acm_certificate.this]
}

run "upper_case_is_refused" {
  command = plan

  variables {
    domain_name = "Mock.example.com"
  }

  expect_failures = [var.domain_name]
}
